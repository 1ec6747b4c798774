from django.apps import AppConfig


class SubmittalsConfig(AppConfig):
    name = "bifocal.projects.submittals"
    label = "submittals"
