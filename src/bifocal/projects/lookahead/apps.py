from django.apps import AppConfig


class LookaheadConfig(AppConfig):
    name = "bifocal.projects.lookahead"
    label = "lookahead"
