from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "bifocal.bridges.imports"
    label = "imports"
