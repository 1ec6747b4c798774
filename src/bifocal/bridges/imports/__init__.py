"""Other people's files, brought in whole or not at all."""
