from django.apps import AppConfig


class CloseoutConfig(AppConfig):
    name = "bifocal.projects.closeout"
    label = "closeout"
