from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "bifocal.projects.notices"
    label = "notices"
