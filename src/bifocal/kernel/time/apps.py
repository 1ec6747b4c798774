from django.apps import AppConfig


class TimeConfig(AppConfig):
    name = "bifocal.kernel.time"
    label = "time"
