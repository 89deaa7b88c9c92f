import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Makes of Springtide's opportunities what Salesforce, HubSpot, Gainsight and Slack take: one JSON line a payload, or, with
 * {@code --write}, a record in a topic of each tool's own, which a sink of Kafka Connect posts as it is. See README.md.
 */
public final class Payloads {
    private static final String USAGE = """
            usage: java -cp 'KAFKA_LIBS/*' Payloads.java --bootstrap-servers HOST:PORT,… --mapping FILE [OPTIONS]
              --topic NAME      what to read [expansion-opportunities-latest]
              --tool NAME       salesforce, hubspot, gainsight or slack; may be repeated [all of them]
              --config FILE     further client settings (TLS, SASL), as a .properties file
              --until-end       read from the first record to the last one there is, and end
              --group ID        else: go on where this consumer group is [springtide-payloads]
              --write PREFIX    write to the topics PREFIX + tool in place of standard output (gainsight-create and
                                gainsight-update for Gainsight)
              --as-new          every open revision says all that a first one does: for a first load of a compacted topic""";

    private static final List<String> TOOLS = List.of("salesforce", "hubspot", "gainsight", "slack");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What goes to a tool: how it is to be sent, and the body of the request. */
    private record Payload(String tool, String action, ObjectNode body) {
        /** A tool that wants different requests for what is new and what is known has a topic for each. */
        private String topic() {
            return action.equals("create") || action.equals("update") ? tool + "-" + action : tool;
        }
    }

    /** Ends the program with words on what is wrong and what to do. */
    private static final class Refused extends RuntimeException {
        private final int code;

        private Refused(int code, String message) {
            super(message);
            this.code = code;
        }
    }

    public static void main(String[] args) {
        try {
            new Payloads(options(args)).run();
        } catch (Refused refused) {
            System.err.println("payloads: " + refused.getMessage());
            System.exit(refused.code);
        }
    }

    private record Options(Map<String, String> values, List<String> tools, boolean untilEnd, boolean asNew) {
        private String get(String name, String otherwise) {
            return values.getOrDefault(name, otherwise);
        }

        private String need(String name) {
            return Optional.ofNullable(values.get(name)).orElseThrow(() -> new Refused(2, name + " is missing\n" + USAGE));
        }
    }

    private static Options options(String[] args) {
        Map<String, String> values = new TreeMap<>();
        List<String> tools = new ArrayList<>();
        for (int at = 0; at < args.length; at++) {
            switch (args[at]) {
                case "--until-end", "--as-new" -> values.put(args[at], "");
                case "--tool", "--bootstrap-servers", "--mapping", "--topic", "--config", "--group", "--write" -> {
                    if (at + 1 == args.length) {
                        throw new Refused(2, args[at] + " needs a value\n" + USAGE);
                    }
                    if (args[at].equals("--tool")) {
                        tools.add(args[at + 1]);
                    } else {
                        values.put(args[at], args[at + 1]);
                    }
                    at++;
                }
                default -> throw new Refused(2, "unknown: " + args[at] + "\n" + USAGE);
            }
        }
        tools.stream().filter(tool -> !TOOLS.contains(tool)).findFirst().ifPresent(tool -> {
            throw new Refused(2, "--tool " + tool + ": expected one of " + TOOLS);
        });
        boolean untilEnd = values.containsKey("--until-end");
        return new Options(values, tools.isEmpty() ? TOOLS : tools, untilEnd, values.containsKey("--as-new"));
    }

    private final Options options;
    private final JsonNode mapping;
    private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final Map<String, Integer> counts = new TreeMap<>();

    private Payloads(Options options) {
        this.options = options;
        this.mapping = mapping(Path.of(options.need("--mapping")));
    }

    private static JsonNode mapping(Path file) {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (IOException error) {
            throw new Refused(2, file + ": " + error.getMessage());
        }
    }

    // ---- Kafka ----

    private Properties clients() {
        Properties properties = new Properties();
        if (options.values.containsKey("--config")) {
            try (Reader reader = Files.newBufferedReader(Path.of(options.get("--config", "")))) {
                properties.load(reader);
            } catch (IOException error) {
                throw new Refused(2, "--config: " + error);
            }
        }
        properties.put("bootstrap.servers", options.need("--bootstrap-servers"));
        return properties;
    }

    private void run() {
        String topic = options.get("--topic", "expansion-opportunities-latest");
        Properties properties = clients();
        properties.put("group.id", options.get("--group", "springtide-payloads"));
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "earliest");
        StringDeserializer text = new StringDeserializer();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, text, text);
                KafkaProducer<String, String> producer = producer()) {
            if (options.untilEnd) {
                readToTheEnd(consumer, producer, topic);
            } else {
                follow(consumer, producer, topic);
            }
        }
        System.err.println("payloads: " + counts);
    }

    private KafkaProducer<String, String> producer() {
        if (!options.values.containsKey("--write")) {
            return null;
        }
        Properties properties = clients();
        properties.put("acks", "all");
        properties.put("enable.idempotence", "true");
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    private void readToTheEnd(
            KafkaConsumer<String, String> consumer, KafkaProducer<String, String> producer, String topic) {
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
        if (partitions.isEmpty()) {
            throw new Refused(1, "no topic " + topic);
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            take(consumer.poll(Duration.ofMillis(500)), producer);
        }
    }

    private void follow(
            KafkaConsumer<String, String> consumer, KafkaProducer<String, String> producer, String topic) {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            consumer.wakeup();
            try {
                ended.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException ignored) {
                Thread.currentThread().interrupt();
            }
        }));
        try {
            consumer.subscribe(List.of(topic));
            while (true) {
                take(consumer.poll(Duration.ofSeconds(1)), producer);
                // Only what was written: a crash before this says it again, and tools upsert by id.
                consumer.commitSync();
            }
        } catch (WakeupException stopped) {
            // Told to end.
        } finally {
            ended.countDown();
        }
    }

    private void take(Iterable<ConsumerRecord<String, String>> records, KafkaProducer<String, String> producer) {
        List<Future<?>> sent = new ArrayList<>();
        for (ConsumerRecord<String, String> record : records) {
            for (Payload payload : payloads(record)) {
                if (producer == null) {
                    out.println(line(record.key(), payload));
                } else {
                    String topic = options.get("--write", "") + payload.topic();
                    sent.add(producer.send(new ProducerRecord<>(topic, record.key(), payload.body.toString())));
                }
            }
        }
        out.flush();
        for (Future<?> one : sent) {
            try {
                one.get();
            } catch (Exception error) {
                throw new Refused(1, "can't write a payload: " + error.getMessage());
            }
        }
    }

    private static String line(String id, Payload payload) {
        ObjectNode line = JSON.createObjectNode();
        line.put("tool", payload.tool).put("action", payload.action).put("key", id).set("payload", payload.body);
        return line.toString();
    }

    // ---- What each tool takes ----

    private List<Payload> payloads(ConsumerRecord<String, String> record) {
        Opportunity opportunity = record.value() == null ? null : opportunity(record);
        count(opportunity == null ? "erased" : opportunity.status());
        List<Payload> made = new ArrayList<>();
        for (String tool : options.tools) {
            Optional<Payload> payload = opportunity == null ? erased(tool, record.key()) : payload(tool, opportunity);
            payload.ifPresentOrElse(made::add, () -> count("nothing for " + tool));
        }
        return made;
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private static final List<String> REQUIRED =
            List.of("opportunity_id", "revision", "status", "account_id", "play", "motion", "urgency", "act_by");

    private static Opportunity opportunity(ConsumerRecord<String, String> record) {
        String where = record.topic() + ", partition " + record.partition() + ", offset " + record.offset();
        try {
            JsonNode value = JSON.readTree(record.value());
            if (value != null && REQUIRED.stream().allMatch(field -> !value.path(field).asText("").isEmpty())) {
                return new Opportunity(value);
            }
        } catch (IOException error) {
            // Said below: the parser's words may repeat the record.
        }
        throw new Refused(1, where + ": no opportunity in JSON. Is it Avro? Then have Springtide write this topic as JSON: "
                + "formats.expansion-opportunities-latest = \"json\"");
    }

    private Optional<Payload> payload(String tool, Opportunity opportunity) {
        return switch (tool) {
            case "salesforce" -> Optional.of(salesforce(opportunity));
            case "hubspot" -> Optional.of(hubspot(opportunity));
            case "gainsight" -> gainsight(opportunity);
            default -> Optional.of(slack(opportunity));
        };
    }

    /** Whether what sellers go on to change is to be said: stage, owner, amount and date, once at the beginning. */
    private boolean isNew(Opportunity opportunity) {
        return opportunity.isOpen() && (options.asNew || opportunity.revision() == 1);
    }

    private Payload salesforce(Opportunity opportunity) {
        ObjectNode record = JSON.createObjectNode();
        record.putObject("attributes").put("type", "Opportunity");
        record.put("Springtide_Id__c", opportunity.id());
        record.put("Name", opportunity.title(120));
        if (isNew(opportunity)) {
            record.put("StageName", id("salesforce", "stages", "open"));
            record.put("Type", id("salesforce", "types", opportunity.text("motion")));
            record.put("CloseDate", opportunity.actByDate());
            opportunity.external("salesforce").ifPresent(account -> record.put("AccountId", account));
            owner("salesforce", opportunity).ifPresent(owner -> record.put("OwnerId", owner));
            opportunity.amount().ifPresent(amount -> record.put("Amount", amount));
            if (mapping.path("salesforce").path("multi_currency").asBoolean()) {
                record.put("CurrencyIsoCode", opportunity.text("currency"));
            }
        } else if (!opportunity.isOpen()) {
            record.put("StageName", id("salesforce", "stages", "withdrawn"));
        }
        record.put("NextStep", fit(opportunity.nextStep(), 255));
        record.put("Description", fit(opportunity.text("brief"), 32_000));
        record.put("Springtide_Revision__c", opportunity.revision());
        opportunity.number("score").ifPresent(score -> record.put("Springtide_Score__c", score));
        record.put("Springtide_Play__c", fit(opportunity.text("play"), 255));
        record.put("Springtide_Urgency__c", opportunity.text("urgency"));
        return new Payload("salesforce", "upsert", records(record));
    }

    /** A request of one record, as Salesforce's collections take it. */
    private static ObjectNode records(ObjectNode record) {
        ObjectNode body = JSON.createObjectNode().put("allOrNone", true);
        body.putArray("records").add(record);
        return body;
    }

    private Payload hubspot(Opportunity opportunity) {
        ObjectNode properties = JSON.createObjectNode();
        properties.put("dealname", opportunity.title(255));
        if (isNew(opportunity)) {
            properties.put("pipeline", need("hubspot", mapping.path("hubspot").path("pipeline"), "pipeline"));
            properties.put("dealstage", id("hubspot", "stages", "open"));
            properties.put("closedate", opportunity.text("act_by"));
            owner("hubspot", opportunity).ifPresent(owner -> properties.put("hubspot_owner_id", owner));
            opportunity.amount().ifPresent(amount -> properties.put("amount", amount.toPlainString()));
            properties.put("deal_currency_code", opportunity.text("currency"));
            opportunity.external("hubspot").ifPresent(company -> properties.put("springtide_company_id", company));
        } else if (!opportunity.isOpen()) {
            properties.put("dealstage", id("hubspot", "stages", "withdrawn"));
        }
        properties.put("hs_next_step", fit(opportunity.nextStep(), 255));
        properties.put("description", fit(opportunity.text("brief"), 32_000));
        properties.put("springtide_revision", Long.toString(opportunity.revision()));
        opportunity.number("score").ifPresent(score -> properties.put("springtide_score", score.toPlainString()));
        properties.put("springtide_play", fit(opportunity.text("play"), 255));
        properties.put("springtide_urgency", opportunity.text("urgency"));
        return new Payload("hubspot", "upsert", inputs(opportunity.id(), properties));
    }

    /** A request of one deal, as HubSpot's batches take it. */
    private static ObjectNode inputs(String id, ObjectNode properties) {
        ObjectNode body = JSON.createObjectNode();
        ObjectNode input = body.putArray("inputs").addObject();
        input.put("idProperty", "springtide_id").put("id", id).set("properties", properties);
        return body;
    }

    /** Nothing for a customer of whom the profile does not say who it is there: a call to action belongs to a company. */
    private Optional<Payload> gainsight(Opportunity opportunity) {
        return opportunity.external("gainsight").map(company -> {
            ObjectNode record = JSON.createObjectNode();
            record.put("referenceId", opportunity.id()).put("CompanyId", company);
            record.put("TypeId", id("gainsight", "types", opportunity.text("motion")));
            record.put("ReasonId", id("gainsight", "reasons", opportunity.text("play")));
            record.put("PriorityId", id("gainsight", "priorities", opportunity.text("urgency")));
            if (isNew(opportunity)) {
                record.put("StatusId", id("gainsight", "statuses", "open"));
                owner("gainsight", opportunity).ifPresent(owner -> record.put("OwnerId", owner));
            } else if (!opportunity.isOpen()) {
                record.put("StatusId", id("gainsight", "statuses", "withdrawn"));
            }
            record.put("Name", opportunity.title(80));
            record.put("DueDate", opportunity.actByDate());
            record.put("Comments", fit(opportunity.text("brief"), 32_000, Payloads::asHtml));
            return new Payload("gainsight", isNew(opportunity) ? "create" : "update", requests(record));
        });
    }

    /** A request of one call to action, as Gainsight's Cockpit takes it. */
    private static ObjectNode requests(ObjectNode record) {
        ObjectNode body = JSON.createObjectNode();
        body.putArray("requests").addObject().set("record", record);
        body.putObject("lookups");
        return body;
    }

    private static final int MOST_EVIDENCE = 40;

    private Payload slack(Opportunity opportunity) {
        ObjectNode body = JSON.createObjectNode();
        JsonNode channels = mapping.path("slack").path("channels");
        String role = opportunity.route("role").orElse("default");
        JsonNode channel = channels.has(role) ? channels.get(role) : channels.path("default");
        if (channel.isTextual()) {
            body.put("channel", channel.asText());
        }
        body.put("text", fit(opportunity.headed() + ": " + opportunity.line("headline"), 3_000, Payloads::forSlack));
        body.put("unfurl_links", false).put("unfurl_media", false);
        ArrayNode blocks = body.putArray("blocks");
        block(blocks, "header", opportunity.headed(), 150);
        block(blocks, "section", opportunity.text("headline"), 3_000);
        if (opportunity.isOpen()) {
            details(blocks, opportunity);
        }
        String id = opportunity.id() + ", revision " + opportunity.revision();
        blocks.addObject().put("type", "context").putArray("elements").add(plain(id, 2_000));
        return new Payload("slack", "post", body);
    }

    private void details(ArrayNode blocks, Opportunity opportunity) {
        ArrayNode fields = blocks.addObject().put("type", "section").putArray("fields");
        fields.add(plain("Act by " + opportunity.actByDate(), 2_000));
        opportunity.number("score").ifPresent(score -> fields.add(plain("Score " + score.toPlainString(), 2_000)));
        opportunity.amount().ifPresent(amount -> {
            fields.add(plain(amount.toPlainString() + " " + opportunity.text("currency") + " a year", 2_000));
        });
        String role = opportunity.route("role").orElse("nobody");
        fields.add(plain("For " + opportunity.route("owner").map(owner -> owner + ", " + role).orElse(role), 2_000));
        JsonNode evidence = opportunity.value.path("evidence");
        for (int at = 0; at < Math.min(evidence.size(), MOST_EVIDENCE); at++) {
            block(blocks, "section", evidence.get(at).path("summary").asText(), 3_000);
        }
        if (evidence.size() > MOST_EVIDENCE) {
            block(blocks, "section", "and " + (evidence.size() - MOST_EVIDENCE) + " more", 3_000);
        }
    }

    private static void block(ArrayNode blocks, String type, String text, int most) {
        // Slack refuses a text that is empty.
        if (!text.isBlank()) {
            blocks.addObject().put("type", type).set("text", plain(text, most));
        }
    }

    /** Text that Slack shows as it is, whatever it says. */
    private static ObjectNode plain(String text, int most) {
        ObjectNode made = JSON.createObjectNode().put("type", "plain_text").put("emoji", false);
        return made.put("text", fit(text, most, Payloads::forSlack));
    }

    /** What takes away what an erased account's opportunity said. Messages in Slack can't be found again. */
    private Optional<Payload> erased(String tool, String id) {
        ObjectNode fields = JSON.createObjectNode();
        return Optional.ofNullable(switch (tool) {
            case "salesforce" -> {
                fields.putObject("attributes").put("type", "Opportunity");
                fields.put("Springtide_Id__c", id).put("Name", "Erased");
                fields.put("StageName", id("salesforce", "stages", "erased"));
                fields.putNull("Amount").putNull("NextStep").putNull("Description");
                yield new Payload(tool, "upsert", records(fields));
            }
            case "hubspot" -> {
                fields.put("dealname", "Erased").put("dealstage", id("hubspot", "stages", "erased"));
                fields.put("amount", "").put("hs_next_step", "").put("description", "");
                yield new Payload(tool, "upsert", inputs(id, fields));
            }
            case "gainsight" -> {
                fields.put("referenceId", id).put("Name", "Erased").put("Comments", "");
                fields.put("StatusId", id("gainsight", "statuses", "erased"));
                yield new Payload(tool, "update", requests(fields));
            }
            default -> null;
        });
    }

    // ---- The mapping file ----

    private String id(String tool, String table, String key) {
        JsonNode ids = mapping.path(tool).path(table);
        return need(tool, ids.has(key) ? ids.get(key) : ids.path("default"), table + "." + key);
    }

    private static String need(String tool, JsonNode value, String name) {
        if (!value.isTextual()) {
            throw new Refused(2, "the mapping file lacks " + tool + "." + name + " (or a `default` beside it)");
        }
        return value.asText();
    }

    /** By the owner's name, else by role; nobody where the mapping knows neither. */
    private Optional<String> owner(String tool, Opportunity opportunity) {
        JsonNode owners = mapping.path(tool).path("owners");
        JsonNode roles = mapping.path(tool).path("roles");
        String role = opportunity.route("role").orElse("default");
        JsonNode named = opportunity.route("owner").map(owners::path).orElse(owners.path(""));
        JsonNode found = named.isTextual() ? named : roles.has(role) ? roles.get(role) : roles.path("default");
        return found.isTextual() ? Optional.of(found.asText()) : Optional.empty();
    }

    /** An opportunity as the topic has it. */
    private record Opportunity(JsonNode value) {
        private String id() {
            return text("opportunity_id");
        }

        private String text(String field) {
            return value.path(field).asText("");
        }

        /** On one line, without what turns the direction of writing. */
        private String line(String field) {
            return oneLine(text(field));
        }

        private String status() {
            return text("status");
        }

        private boolean isOpen() {
            return status().equals("open");
        }

        private long revision() {
            return value.path("revision").asLong();
        }

        private Optional<BigDecimal> number(String field) {
            JsonNode number = value.path(field);
            // A number that is not finite is written as null.
            return number.isNumber() ? Optional.of(number.decimalValue()) : Optional.empty();
        }

        /** In hundredths; nothing where the rules could not work it out, which is not the same as 0. */
        private Optional<BigDecimal> amount() {
            for (JsonNode part : value.path("score_parts")) {
                if (part.path("name").asText().equals("potential") && part.path("input").isNull()) {
                    return Optional.empty();
                }
            }
            return number("yearly_value").map(amount -> amount.setScale(2, RoundingMode.HALF_UP));
        }

        private String actByDate() {
            return text("act_by").substring(0, "2024-02-01".length());
        }

        private Optional<String> external(String system) {
            JsonNode id = value.path("external_ids").path(system);
            return id.isTextual() && !id.asText().isBlank() ? Optional.of(id.asText()) : Optional.empty();
        }

        private Optional<String> route(String field) {
            JsonNode found = value.path("route").path(field);
            return found.isTextual() ? Optional.of(found.asText()) : Optional.empty();
        }

        /** Account and play, the play whole where that can be: a long name shall not hide it. */
        private String title(int most) {
            String name = line("account_name").isEmpty() ? line("account_id") : line("account_name");
            String play = ": " + line("play");
            String suffix = play.length() < most / 2 ? play : fit(play, most / 2);
            return fit(name, most - suffix.length()) + suffix;
        }

        private String headed() {
            String urgency = text("urgency");
            String word = isOpen() ? urgency.substring(0, 1).toUpperCase(Locale.ROOT) + urgency.substring(1) : "Withdrawn";
            return word + ": " + title(120);
        }

        private String nextStep() {
            return isOpen()
                    ? "Act by " + actByDate() + ": " + line("headline")
                    : "Withdrawn: what it rested on no longer holds";
        }
    }

    // ---- Text ----

    private static final Pattern CLUSTER = Pattern.compile("\\X");
    private static final Pattern BREAKS = Pattern.compile("[\\p{Cc}\\p{Z}]+");
    private static final Pattern DIRECTION = Pattern.compile("[\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]");
    private static final String CUT = "…";

    private static String oneLine(String text) {
        return BREAKS.matcher(DIRECTION.matcher(text).replaceAll("")).replaceAll(" ").strip();
    }

    private static String forSlack(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String asHtml(String text) {
        return forSlack(text).replace("\"", "&quot;").replace("'", "&#39;").replace("\n", "<br>");
    }

    private static String fit(String text, int most) {
        return fit(text, most, UnaryOperator.identity());
    }

    /** What `written` makes of a text, cut to so many UTF-16 units between two characters as a person sees them. */
    private static String fit(String text, int most, UnaryOperator<String> written) {
        String whole = written.apply(text);
        if (whole.length() <= most) {
            return whole;
        }
        int room = most - CUT.length();
        StringBuilder made = new StringBuilder();
        var clusters = CLUSTER.matcher(text);
        while (clusters.find()) {
            String next = written.apply(clusters.group());
            if (made.length() + next.length() > room) {
                // One that fills all by itself, as a letter under hundreds of accents, is cut between code points.
                return (made.isEmpty() ? codePoints(clusters.group(), room, written) : made) + CUT;
            }
            made.append(next);
        }
        return made + CUT;
    }

    private static CharSequence codePoints(String text, int room, UnaryOperator<String> written) {
        StringBuilder made = new StringBuilder();
        for (int point : text.codePoints().toArray()) {
            String next = written.apply(Character.toString(point));
            if (made.length() + next.length() > room) {
                break;
            }
            made.append(next);
        }
        return made;
    }
}
