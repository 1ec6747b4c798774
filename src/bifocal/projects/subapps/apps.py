from django.apps import AppConfig


class SubappsConfig(AppConfig):
    name = "bifocal.projects.subapps"
    label = "subapps"
