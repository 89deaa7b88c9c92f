package springtide.peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;

/** Reads JSON token by token, no further than the event's type where no rule reads that. */
final class JsonReader implements RecordReader {
    private final JsonFactory factory =
            JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();

    @Override
    public boolean usage(byte[] value, Event into) {
        try (JsonParser parser = open(value)) {
            String type = null;
            double used = Double.NaN;
            double licensed = Double.NaN;
            long invitee = 0;
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken token = parser.nextToken();
                switch (name) {
                    case "type" -> {
                        type = parser.getText();
                        if (!type.equals("seat_snapshot") && !type.equals("user_invited")) {
                            return false;
                        }
                    }
                    case "seats_used" -> used = number(parser, token);
                    case "seats_licensed" -> licensed = number(parser, token);
                    case "invitee" -> invitee = fingerprint(parser);
                    default -> parser.skipChildren();
                }
            }
            if ("user_invited".equals(type)) {
                into.set(Event.Kind.USER_INVITED, invitee, 0);
                return true;
            }
            return Play.seats90(used, licensed) && set(into, Event.Kind.SEATS_90);
        } catch (IOException error) {
            throw new BadRecord("not the JSON of an event", error);
        }
    }

    private static boolean set(Event into, Event.Kind kind) {
        into.set(kind, 0, 0);
        return true;
    }

    @Override
    public boolean business(byte[] value, Event into) {
        try (JsonParser parser = open(value)) {
            String type = null;
            String seniority = null;
            long posting = 0;
            long department = 0;
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                switch (name) {
                    case "type" -> {
                        type = parser.getText();
                        if (!type.equals("job_posted") && !type.equals("executive_hired")) {
                            return false;
                        }
                    }
                    case "seniority" -> seniority = parser.getText();
                    case "posting_id" -> posting = fingerprint(parser);
                    case "department" -> department = fingerprint(parser);
                    default -> parser.skipChildren();
                }
            }
            if ("job_posted".equals(type)) {
                into.set(Event.Kind.JOB_POSTED, posting, department);
                return true;
            }
            if (!"c_level".equals(seniority) && !"vp".equals(seniority)) {
                return false;
            }
            into.set(Event.Kind.EXECUTIVE_HIRED, 0, department);
            return true;
        } catch (IOException error) {
            throw new BadRecord("not the JSON of an event", error);
        }
    }

    @Override
    public boolean profile(byte[] value, Event into) {
        try (JsonParser parser = open(value)) {
            Profile profile = new Profile();
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken token = parser.nextToken();
                switch (name) {
                    case "mrr" -> profile.mrr = number(parser, token);
                    case "health_score" -> profile.healthScore = number(parser, token);
                    case "first_value_at" -> profile.firstValueAt = time(parser, token);
                    case "renewal_at" -> profile.renewalAt = time(parser, token);
                    case "last_expansion_at" -> profile.lastExpansionAt = time(parser, token);
                    case "champion" -> profile.champion = Profile.champion(token == JsonToken.VALUE_NULL ? "" : parser.getText());
                    case "buyer_departments" -> profile.buyerDepartments = fingerprints(parser, token);
                    default -> parser.skipChildren();
                }
            }
            into.set(profile);
            return true;
        } catch (IOException error) {
            throw new BadRecord("not the JSON of a profile", error);
        }
    }

    private JsonParser open(byte[] value) throws IOException {
        JsonParser parser = factory.createParser(value, 0, value.length);
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            parser.close();
            throw new BadRecord("not a JSON object", null);
        }
        return parser;
    }

    private static double number(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_NULL -> Double.NaN;
            case VALUE_NUMBER_INT -> parser.getLongValue();
            default -> parser.getDoubleValue();
        };
    }

    private static long time(JsonParser parser, JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NULL) {
            return Profile.NEVER;
        }
        return Rfc3339.parse(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
    }

    private static long fingerprint(JsonParser parser) throws IOException {
        return Fingerprint.of(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
    }

    private static long[] fingerprints(JsonParser parser, JsonToken token) throws IOException {
        long[] found = new long[4];
        int count = 0;
        while (token != JsonToken.VALUE_NULL && parser.nextToken() != JsonToken.END_ARRAY) {
            if (count == found.length) {
                found = Arrays.copyOf(found, count * 2);
            }
            found[count++] = fingerprint(parser);
        }
        return Arrays.copyOf(found, count);
    }
}
