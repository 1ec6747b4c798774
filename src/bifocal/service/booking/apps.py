from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "bifocal.service.booking"
    label = "booking"
