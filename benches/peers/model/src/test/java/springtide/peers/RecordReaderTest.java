package springtide.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class RecordReaderTest {
    private static final Map<String, Object> BASE = Map.of("event_id", "e1", "account_id", "acme", "occurred_at", 5L);
    private final RecordReader json = RecordReader.of("json");
    private final RecordReader avro = RecordReader.of("avro");
    private final Event event = new Event();

    @Test
    void usageInBothFormats() throws IOException {
        String seats = ",\"type\":\"seat_snapshot\",\"seats_used\":45,\"seats_licensed\":50";
        assertTrue(json.usage(event(seats), event));
        assertEquals(Event.Kind.SEATS_90, event.kind);
        assertFalse(json.usage(event(seats.replace("45", "44")), event));
        assertFalse(json.usage(event(",\"type\":\"seat_snapshot\",\"seats_used\":45"), event));
        assertFalse(json.usage(event(",\"type\":\"user_activity\",\"user_id\":\"u1\""), event));
        assertTrue(json.usage(event(",\"invitee\":\"ann\",\"new\":{\"a\":[1]},\"type\":\"user_invited\""), event));
        assertEquals(Fingerprint.of("ann"), event.id);

        assertTrue(avro.usage(datum("product-usage", Map.of("type", "seat_snapshot", "seats_used", 45L, "seats_licensed", 50L)), event));
        assertEquals(Event.Kind.SEATS_90, event.kind);
        assertFalse(avro.usage(datum("product-usage", Map.of("type", "seat_snapshot", "seats_used", 45L)), event));
        assertFalse(avro.usage(datum("product-usage", Map.of("type", "meter_reading", "meter", "calls", "used", 0.5)), event));
        assertTrue(avro.usage(datum("product-usage", Map.of("type", "user_invited", "invitee", "ann")), event));
        assertEquals(Event.Kind.USER_INVITED, event.kind);
        assertEquals(Fingerprint.of("ann"), event.id);
    }

    @Test
    void businessInBothFormats() throws IOException {
        assertTrue(json.business(
                event(",\"type\":\"job_posted\",\"posting_id\":\"j1\",\"title\":\"AE\",\"department\":\"sales\""), event));
        assertJob();
        String hired = ",\"type\":\"executive_hired\",\"title\":\"CRO\",\"seniority\":\"c_level\",\"department\":\"sales\"";
        assertTrue(json.business(event(hired), event));
        assertEquals(Event.Kind.EXECUTIVE_HIRED, event.kind);
        assertFalse(json.business(event(hired.replace("c_level", "director")), event));
        assertFalse(json.business(event(",\"type\":\"news_published\",\"sentiment\":\"positive\""), event));

        assertTrue(avro.business(datum("business-signals",
                Map.of("type", "job_posted", "posting_id", "j1", "title", "AE", "department", "sales")), event));
        assertJob();
        assertTrue(avro.business(datum("business-signals",
                Map.of("type", "executive_hired", "title", "CRO", "seniority", "vp", "department", "sales")), event));
        assertEquals(Fingerprint.of("sales"), event.department);
        assertFalse(avro.business(datum("business-signals",
                Map.of("type", "executive_hired", "title", "CRO", "seniority", "manager", "department", "sales")), event));
        assertFalse(avro.business(datum("business-signals", Map.of("type", "funding_raised", "round", "B")), event));
    }

    private void assertJob() {
        assertEquals(Event.Kind.JOB_POSTED, event.kind);
        assertEquals(Fingerprint.of("j1"), event.id);
        assertEquals(Fingerprint.of("sales"), event.department);
    }

    @Test
    void profilesInBothFormats() throws IOException {
        assertTrue(json.profile(event(",\"name\":\"Acme\",\"domains\":[\"a.example\"],\"segment\":\"smb\",\"mrr\":4000,"
                + "\"currency\":\"EUR\",\"health_score\":85.5,\"first_value_at\":\"2026-03-02T09:30:00.250Z\","
                + "\"last_expansion_at\":null,\"limits\":{\"calls\":5},\"champion\":\"strong\","
                + "\"buyer_departments\":[\"sales\",\"legal\"],\"owners\":{\"sales\":\"Ann\"}"), event));
        assertProfile();
        assertTrue(avro.profile(datum("account-profiles", Map.ofEntries(
                Map.entry("name", "Acme"), Map.entry("domains", List.of("a.example")), Map.entry("segment", "smb"),
                Map.entry("mrr", 4000.0), Map.entry("currency", "EUR"), Map.entry("health_score", 85.5),
                Map.entry("first_value_at", 1_772_443_800_250L), Map.entry("limits", Map.of("calls", 5.0)),
                Map.entry("champion", "strong"), Map.entry("buyer_departments", List.of("sales", "legal")))), event));
        assertProfile();
    }

    private void assertProfile() {
        Profile profile = event.profile;
        assertEquals(4000.0, profile.mrr);
        assertEquals(85.5, profile.healthScore);
        assertEquals(1_772_443_800_250L, profile.firstValueAt);
        assertEquals(Profile.NEVER, profile.renewalAt);
        assertEquals(Profile.NEVER, profile.lastExpansionAt);
        assertEquals(3, profile.champion);
        assertArrayEquals(new long[] {Fingerprint.of("sales"), Fingerprint.of("legal")}, profile.buyerDepartments);
    }

    @Test
    void whatCannotBeReadIsRefused() {
        byte[] broken = "{\"type\":".getBytes(StandardCharsets.UTF_8);
        assertThrows(BadRecord.class, () -> json.usage(broken, event));
        assertThrows(BadRecord.class, () -> json.profile("[]".getBytes(StandardCharsets.UTF_8), event));
        assertThrows(BadRecord.class, () -> avro.usage(broken, event));
        assertThrows(BadRecord.class, () -> avro.usage(new byte[] {0, 0, 0, 0, 1, 6}, event));
    }

    private static byte[] event(String fields) {
        String json = "{\"event_id\":\"e1\",\"account_id\":\"acme\",\"occurred_at\":\"2026-03-02T09:30:00.000Z\"" + fields + "}";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] datum(String topic, Map<String, Object> fields) throws IOException {
        Schema schema = new Schema.Parser().parse(Path.of("../../../schemas", topic + ".avsc").toFile());
        GenericData.Record record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
            Object value = fields.getOrDefault(field.name(), BASE.get(field.name()));
            record.put(field.pos(), value == null ? GenericData.get().getDefaultValue(field) : value);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(new byte[] {0, 0, 0, 0, 7});
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<>(schema).write(record, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }
}
