from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "bifocal.projects.contracts"
    label = "contracts"
