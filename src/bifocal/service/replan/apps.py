from django.apps import AppConfig


class ReplanConfig(AppConfig):
    name = "bifocal.service.replan"
    label = "replan"
