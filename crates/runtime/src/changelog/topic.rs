//! The topic that backs the state: one of Springtide's own, made where it is missing (SPEC section 6).

use rdkafka::admin::{NewTopic, TopicReplication};

use crate::brokers::{Answer, Brokers};
use crate::fault::RunError;
use crate::topics::Layout;

/// Makes the changelog topic where it is missing; says whether it did.
///
/// # Errors
/// Where it can't be made, or is laid out otherwise than the input.
pub(crate) fn ensure(
    brokers: &Brokers,
    name: &str,
    answer: Option<&Answer>,
    layout: Layout,
    max_message_bytes: i64,
) -> Result<bool, RunError> {
    let missing = matches!(answer, None | Some(Answer::Missing));
    if missing {
        let replication = TopicReplication::Fixed(layout.replication_factor);
        let bytes = max_message_bytes.to_string();
        let new = NewTopic::new(name, layout.partitions, replication)
            .set("cleanup.policy", "compact")
            .set("max.message.bytes", &bytes);
        brokers.make(&[new])?;
        tracing::info!(topic = name, partitions = layout.partitions, "made the changelog topic");
    }
    // Another process, with another input, may have been quicker.
    let made = if missing { brokers.ask_once([name])?.remove(name) } else { None };
    match problem(name, made.as_ref().or(answer), layout.partitions) {
        Some(problem) => Err(RunError::Topics(vec![problem])),
        None => Ok(missing),
    }
}

/// Why a changelog topic can't be used, where it can't.
pub(crate) fn problem(name: &str, answer: Option<&Answer>, partitions: i32) -> Option<String> {
    match answer {
        Some(Answer::There(shape)) if shape.partitions == partitions => None,
        Some(Answer::There(shape)) => Some(format!(
            "changelog topic `{name}` has {} partitions, the input topics have {partitions}. Partitions can't be added \
             to a pipeline's topics: accounts' records would lie apart. Make topics of other names with as many as you \
             want, have `springtide topics --copy-from` fill them, and run on those under another application id \
             (README, More partitions). If this topic is none of this input's, use another application id",
            shape.partitions
        )),
        Some(Answer::Denied) => Some(format!(
            "no right to see changelog topic `{name}`: grant READ, WRITE, CREATE and DESCRIBE on it to this \
             pipeline's user"
        )),
        Some(Answer::NoName) => Some(format!(
            "`{name}` can't be the name of a topic: use an application id of letters, digits, `.`, `_` and `-`"
        )),
        Some(Answer::Later(code)) => {
            Some(format!("changelog topic `{name}` is not ready: {code}; try again"))
        }
        Some(Answer::Missing) | None => Some(format!("changelog topic `{name}` does not exist")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brokers::Shape;

    #[test]
    fn only_one_with_the_inputs_partitions_will_do() {
        let there =
            |partitions| Answer::There(Shape { partitions, replication_factor: 3, leaderless: Vec::new() });
        assert_eq!(problem("x-changelog", Some(&there(4)), 4), None);
        for (answer, words) in [
            (Some(there(3)), "`x-changelog` has 3 partitions, the input topics have 4"),
            (Some(Answer::Denied), "grant READ, WRITE, CREATE"),
            (Some(Answer::NoName), "use an application id of letters"),
            (None, "`x-changelog` does not exist"),
        ] {
            let said = problem("x-changelog", answer.as_ref(), 4).unwrap();
            assert!(said.contains(words), "{said}");
        }
    }
}
