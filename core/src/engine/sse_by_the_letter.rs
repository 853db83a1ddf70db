//! The event stream algorithm of the WHATWG HTML standard, step by step over the whole text, with no thought for speed: what the
//! decoder is measured by in its tests and in `core/fuzz`. Gives name and data of each event.

pub(crate) fn by_the_letter(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut lines = vec![Vec::new()];
    let mut index = 0;
    while index < text.len() {
        match text[index] {
            b'\r' => {
                lines.push(Vec::new());
                index += usize::from(text.get(index + 1) == Some(&b'\n'));
            }
            b'\n' => lines.push(Vec::new()),
            byte => lines.last_mut().unwrap().push(byte),
        }
        index += 1;
    }
    lines.pop();
    let (mut events, mut type_, mut data) = (Vec::new(), Vec::new(), Vec::new());
    for line in lines {
        if line.is_empty() {
            if !data.is_empty() {
                assert_eq!(data.pop(), Some(b'\n'));
                events.push((String::from_utf8_lossy(&type_).into(), data.clone()));
            }
            type_.clear();
            data.clear();
        } else if line[0] != b':' {
            let colon = line.iter().position(|&byte| byte == b':');
            let (field, value) =
                colon.map_or((&line[..], &[][..]), |colon| (&line[..colon], &line[colon + 1..]));
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match field {
                b"event" => type_ = value.to_vec(),
                b"data" => {
                    data.extend_from_slice(value);
                    data.push(b'\n');
                }
                _ => {}
            }
        }
    }
    events
}
