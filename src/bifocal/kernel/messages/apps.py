from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "bifocal.kernel.messages"
    label = "bf_messages"
