from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "bifocal.projects.deadlines"
    label = "deadlines"
