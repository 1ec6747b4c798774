"""People lent between the lenses with open eyes: a crew day gives hours to an emergency, idle service hours go to an activity."""
