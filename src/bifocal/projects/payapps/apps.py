from django.apps import AppConfig


class PayappsConfig(AppConfig):
    name = "bifocal.projects.payapps"
    label = "payapps"
