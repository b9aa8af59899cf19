"""Run the product: the panhuo command, demo data, doctor, backup."""
