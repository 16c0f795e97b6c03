-- Bills as they stood on a day: what was paid of each by then.
--   $as_of         what happened later is not known
--   $customer_id   null: every account in the scope
--   settled_on     the day on which it was paid in full; null: open
--   is_late        null while the day it is due has not passed and it is open
with known as (
    select
        customer_id,
        bill_month,
        max(billed_cny) as billed_cny,
        min(issued_on) as issued_on,
        max(due_on) as due_on,
        coalesce(sum(paid_cny) filter (where paid_on <= $as_of), 0)::decimal(18, 2) as paid_cny,
        max(paid_on) filter (where paid_on <= $as_of) as last_paid_on,
        arg_max(channel, payment_number) as channel
    from payments
    where ($customer_id::varchar is null or customer_id = $customer_id)
        and coalesce(issued_on, due_on) <= $as_of
    group by customer_id, bill_month
),

settled as (
    select
        known.*,
        case when paid_cny >= billed_cny then last_paid_on end as settled_on
    from known
)

select
    customer_id,
    bill_month,
    billed_cny,
    issued_on,
    due_on,
    paid_cny,
    settled_on,
    channel,
    case
        when settled_on is not null then settled_on > due_on
        when due_on < $as_of then true
    end as is_late,
    settled_on - issued_on as delay_days,
    greatest(billed_cny - paid_cny, 0)::decimal(18, 2) as open_cny,
    case when settled_on is null and due_on < $as_of then $as_of::date - due_on end as overdue_days
from settled
order by customer_id, bill_month
