from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "bifocal.kernel.people"
    label = "people"
