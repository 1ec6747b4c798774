from django.apps import AppConfig


class BudgetConfig(AppConfig):
    name = "bifocal.projects.budget"
    label = "budget"
