from django.apps import AppConfig


class BidsConfig(AppConfig):
    name = "bifocal.projects.bids"
    label = "bids"
