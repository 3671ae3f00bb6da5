"""Statistics and charts from tables: pages, reports and the notebook share them."""
