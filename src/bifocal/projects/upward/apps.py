from django.apps import AppConfig


class UpwardConfig(AppConfig):
    name = "bifocal.projects.upward"
    label = "upward"
