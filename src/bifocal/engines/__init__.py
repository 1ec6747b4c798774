"""Pure engines: frozen data in, frozen data out."""
