from django.apps import AppConfig


class EstimatesConfig(AppConfig):
    name = "bifocal.projects.estimates"
    label = "estimates"
