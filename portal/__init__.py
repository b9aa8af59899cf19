"""The web portal: pages, forms, permissions at the door, live views, JSON API."""
