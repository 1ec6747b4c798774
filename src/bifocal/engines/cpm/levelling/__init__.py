"""Resource levelling: schedules that keep within what there is of each crew."""
