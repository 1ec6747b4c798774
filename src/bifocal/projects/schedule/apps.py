from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "bifocal.projects.schedule"
    label = "schedule"
