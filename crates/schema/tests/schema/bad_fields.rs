//! Fields that are refused, type by type: with which class, and in which words.

use springtide_core::event::Topic::*;
use springtide_schema::BadClass::*;

use crate::bad_json::check_tails;

#[test]
fn activity_fields_are_held_to_the_table_of_kinds() {
    check_tails(
        ProductUsage,
        &[
            (
                r#""type":"seat_snapshot""#,
                MissingField,
                "`seats_used`: found nothing, expected a whole number, 0 or more",
            ),
            (r#""type":"seat_snapshot","seats_used":null"#, MissingField, "`seats_used`"),
            (
                r#""type":"seat_snapshot","seats_used":46.5"#,
                OutOfRange,
                "the number 46.5, expected a whole number",
            ),
            (r#""type":"seat_snapshot","seats_used":-1"#, OutOfRange, "the number -1"),
            (
                r#""type":"seat_snapshot","seats_used":"46""#,
                WrongType,
                r#"the string "46", expected a whole number"#,
            ),
            (r#""type":"seat_snapshot","seats_used":true"#, WrongType, "the boolean true"),
            (r#""type":"seat_snapshot","seats_used":1e400"#, OutOfRange, "number out of range"),
            (r#""type":"seat_snapshot","seats_used":-1e400"#, OutOfRange, "number out of range"),
            (
                r#""type":"seat_snapshot","seats_used":1,"seats_licensed":{}"#,
                WrongType,
                "`seats_licensed`: found an object",
            ),
            (r#""type":"seat_snapshot","seats_used":1,"seats_used":"x""#, WrongType, "`seats_used`"),
            (r#""type":"meter_reading","meter":"api","used":-0.1"#, OutOfRange, "`used`"),
            (r#""type":"meter_reading","meter":"api","used":1,"limit":-1"#, OutOfRange, "`limit`"),
            (
                r#""type":"meter_reading","meter":7,"used":1"#,
                WrongType,
                "`meter`: found the number 7, expected a string",
            ),
            (
                r#""type":"user_activity","user_id":["u"]"#,
                WrongType,
                "`user_id`: found a list, expected a string",
            ),
        ],
    );
    check_tails(
        BusinessSignals,
        &[
            (
                r#""type":"earnings_guidance","direction":"up""#,
                OutOfRange,
                "expected one of raised, maintained, lowered",
            ),
            (r#""type":"earnings_guidance","direction":1"#, WrongType, "expected one of raised"),
            (r#""type":"intent_surge","topic":"x","score":100.1"#, OutOfRange, "expected a number, 0 to 100"),
            (r#""type":"layoff_announced","share":-0.5"#, OutOfRange, "`share`"),
            (r#""type":"headcount_changed","previous":1"#, MissingField, "`current`"),
        ],
    );
    check_tails(
        EngagementSignals,
        &[
            (r#""type":"nps_response","score":11"#, OutOfRange, "expected a whole number, 0 to 10"),
            (r#""type":"nps_response","score":9.5"#, OutOfRange, "the number 9.5"),
        ],
    );
}

#[test]
fn profiles_are_held_to_their_fields() {
    let tail = r#""name":"A","segment":"smb","mrr":1,"currency":"EUR""#;
    check_tails(
        AccountProfiles,
        &[
            (r#""segment":"smb","mrr":1,"currency":"EUR""#, MissingField, "`name`"),
            (r#""name":"A","mrr":1,"currency":"EUR""#, MissingField, "`segment`"),
            (r#""name":"A","segment":"smb","currency":"EUR""#, MissingField, "`mrr`"),
            (r#""name":"A","segment":"smb","mrr":1"#, MissingField, "`currency`"),
            (
                r#""name":"A","segment":"huge","mrr":1,"currency":"EUR""#,
                OutOfRange,
                "enterprise, mid_market, smb",
            ),
            (r#""name":"A","segment":"smb","mrr":-1,"currency":"EUR""#, OutOfRange, "`mrr`"),
        ],
    );
    let table = [
        (
            r#""health_score":101"#,
            OutOfRange,
            "`health_score`: found the number 101, expected a number, 0 to 100",
        ),
        (r#""champion":"mighty""#, OutOfRange, "none, weak, moderate, strong"),
        (r#""limits":{"api":-1}"#, OutOfRange, "`limits.api`"),
        (r#""limits":{"api":"1"}"#, WrongType, "`limits.api`"),
        (r#""limits":{"api":{"deep":1}}"#, WrongType, "`limits.api`: found an object"),
        (r#""limits":[1]"#, WrongType, "`limits`: found a list, expected an object"),
        (r#""domains":"a.example""#, WrongType, "expected a list of strings"),
        (r#""domains":["a",null]"#, WrongType, "`domains[1]`: found null"),
        (r#""products":["a",[]]"#, WrongType, "`products[1]`: found a list"),
        (r#""owners":{"sales":7}"#, WrongType, "`owners.sales`"),
        (r#""external_ids":{"hubspot":7}"#, WrongType, "`external_ids.hubspot`: found the number 7"),
        (r#""renewal_at":"soon""#, BadTime, "`renewal_at`"),
        (r#""seats_licensed":1.5"#, OutOfRange, "`seats_licensed`"),
        (r#""plan":["pro"]"#, WrongType, "`plan`: found a list"),
    ];
    for (more, class, part) in table {
        check_tails(AccountProfiles, &[(&format!("{tail},{more}"), class, part)]);
    }
}

#[test]
fn outcomes_are_held_to_their_fields() {
    check_tails(
        OpportunityOutcomes,
        &[
            (r#""play":"p","stage":"qualified""#, MissingField, "`opportunity_id`"),
            (r#""opportunity_id":"","play":"p","stage":"qualified""#, OutOfRange, "`opportunity_id`"),
            (r#""opportunity_id":"o","stage":"qualified""#, MissingField, "`play`"),
            (r#""opportunity_id":"o","play":"p""#, MissingField, "`stage`"),
            (r#""opportunity_id":"o","play":"p","stage":"lost""#, OutOfRange, "closed_lost"),
            (r#""opportunity_id":"o","play":"p","stage":"snoozed""#, MissingField, "`until`"),
            (r#""opportunity_id":"o","play":"p","stage":"snoozed","until":5"#, WrongType, "`until`"),
            (r#""opportunity_id":"o","play":"p","stage":"qualified","amount":-1"#, OutOfRange, "`amount`"),
        ],
    );
}
