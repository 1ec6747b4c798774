from django.apps import AppConfig


class HoursConfig(AppConfig):
    name = "bifocal.service.hours"
    label = "hours"
