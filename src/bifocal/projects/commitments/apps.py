from django.apps import AppConfig


class CommitmentsConfig(AppConfig):
    name = "bifocal.projects.commitments"
    label = "commitments"
