from django.apps import AppConfig


class CapacityConfig(AppConfig):
    name = "bifocal.service.capacity"
    label = "capacity"
