from django.apps import AppConfig


class ForecastConfig(AppConfig):
    name = "bifocal.projects.forecast"
    label = "forecast"
