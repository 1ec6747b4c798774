from django.apps import AppConfig


class RentalsConfig(AppConfig):
    name = "bifocal.projects.rentals"
    label = "rentals"
