from django.apps import AppConfig


class TermsConfig(AppConfig):
    name = "bifocal.projects.terms"
    label = "terms"
