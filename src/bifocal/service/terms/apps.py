from django.apps import AppConfig


class TermsConfig(AppConfig):
    name = "bifocal.service.terms"
    label = "terms"
