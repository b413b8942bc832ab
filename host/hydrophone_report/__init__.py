"""Pages and pictures: Markdown tables and Matplotlib figures that several packages write."""
