from django.apps import AppConfig


class RollupConfig(AppConfig):
    name = "bifocal.projects.rollup"
    label = "rollup"
