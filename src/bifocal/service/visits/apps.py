from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "bifocal.service.visits"
    label = "visits"
