from django.apps import AppConfig


class LevelsConfig(AppConfig):
    name = "bifocal.service.levels"
    label = "levels"
