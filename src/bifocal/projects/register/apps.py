from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "bifocal.projects.register"
    label = "register"
