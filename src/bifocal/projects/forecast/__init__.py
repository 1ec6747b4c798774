"""The budget report a to q: forecasts by line, every cell with its transactions, frozen month-ends."""
