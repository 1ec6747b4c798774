from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "bifocal.service.dispatch"
    label = "dispatch"
