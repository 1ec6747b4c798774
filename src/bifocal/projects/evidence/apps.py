from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "bifocal.projects.evidence"
    label = "evidence"
