"""Pay applications, line by line to the cent."""
