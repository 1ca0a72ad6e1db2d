-- Items as known on a day, as metrics name them: category is the first part of the path.
select
    company,
    item_no,
    sku,
    name,
    trim(split_part(category, '/', 1)) as category,
    category as subcategory,
    stage,
    status,
    created_on,
    is_stub
from canonical.item_as_known($day)
