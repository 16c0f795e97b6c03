"""Time, calendar, weather and economy: what all customers of the district share."""
