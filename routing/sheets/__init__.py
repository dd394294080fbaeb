"""值班表（导入的）: the duty rosters that counties keep in spreadsheets, read into shifts; every doubt is an issue."""
