//! Who may not do what it must is told so, by the topic and the right; a wrong password is waited out (SPEC 7.4).

use springtide_tests::broker::Broker;
use springtide_tests::pipeline::Pipeline;

/// A pipeline under the user `stranger`, who has no right at all.
fn stranger(name: &'static str, password: &str) -> Pipeline {
    let pipeline = Pipeline::at(name, &Broker::shared().secured);
    pipeline.configure(&format!(
        "\"security.protocol\" = \"sasl_plaintext\"\n\"sasl.mechanism\" = \"PLAIN\"\n\
         \"sasl.username\" = \"stranger\"\n\"sasl.password\" = {password:?}"
    ));
    pipeline
}

#[test]
fn a_user_without_rights_is_told_which_it_lacks() {
    let _made = Pipeline::new("rights", 2);
    let pipeline = stranger("rights", "stranger");
    for said in [
        pipeline.topics(&["--verify"]).refused(1),
        pipeline.topics(&["--partitions=2"]).refused(1),
        pipeline.run(Vec::new()).finish().refused(1),
    ] {
        assert!(said.contains("no right to see topic `rights.product-usage`: grant READ"), "{said}");
        assert!(said.contains("no right to see topic `rights.springtide-late`: grant WRITE"), "{said}");
        assert!(!said.contains("does not exist"), "{said}");
    }
}

#[test]
fn a_wrong_password_is_named_and_waited_for() {
    let pipeline = stranger("password", "a-secret-of-ours");
    let mut run = pipeline.run(Vec::new());
    run.await_word("no broker takes our name and password (authentication failed); waiting for one");
    run.terminate();
    let ended = run.finish().well();
    assert!(!ended.stderr.contains("a-secret-of-ours"), "{}", ended.stderr);
    let said = pipeline.topics(&["--verify"]).refused(1);
    assert!(said.contains("no broker takes our name and password"), "{said}");
}
