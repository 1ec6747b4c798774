"""Driving times from wherever they come: a guess without data, OSRM or Valhalla on a server, OSRM over an extract of our own."""
