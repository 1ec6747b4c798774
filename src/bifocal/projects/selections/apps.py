from django.apps import AppConfig


class SelectionsConfig(AppConfig):
    name = "bifocal.projects.selections"
    label = "selections"
