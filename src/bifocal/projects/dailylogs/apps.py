from django.apps import AppConfig


class DailylogsConfig(AppConfig):
    name = "bifocal.projects.dailylogs"
    label = "dailylogs"
