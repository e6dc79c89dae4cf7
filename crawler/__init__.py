"""Where listings come from: a Scrapy project with one spider, three readers and declared portals."""
