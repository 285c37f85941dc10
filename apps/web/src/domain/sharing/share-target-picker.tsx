import { Combobox, InputBase, Text, useCombobox } from '@mantine/core';
import { IconMovie } from '@tabler/icons-react';
import { useState } from 'react';
import { ShareTargetName, ShareTargetOptions } from './share-target-options.tsx';
import type { ShareTargetOption } from './share-target.ts';
import classes from './share-target.module.css';

const LIBRARY = 'library';

/**
 * Asks in one field where something goes: to the library alone (null), or to a channel, conversation or person as well.
 * The page passes the options (`useShareTargets`), so that any feature can show the field.
 */
export function ShareTargetPicker({
  label,
  options,
  isLoading = false,
  value,
  onChange,
  onSearch,
}: {
  label: string;
  options: readonly ShareTargetOption[];
  isLoading?: boolean;
  value: ShareTargetOption | null;
  onChange: (value: ShareTargetOption | null) => void;
  /** The function is called with what is typed, to look for more people. */
  onSearch?: (search: string) => void;
}) {
  const [search, setSearch] = useState('');
  const combobox = useCombobox({
    onDropdownClose() {
      combobox.resetSelectedOption();
      changeSearch('');
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });

  function changeSearch(text: string): void {
    setSearch(text);
    onSearch?.(text);
  }

  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(key) => {
        onChange(options.find((option) => option.key === key) ?? null);
        combobox.closeDropdown();
        combobox.focusTarget();
      }}
    >
      <Combobox.Target targetType="button">
        <InputBase
          component="button"
          type="button"
          pointer
          label={label}
          rightSection={<Combobox.Chevron />}
          rightSectionPointerEvents="none"
          onClick={() => combobox.toggleDropdown()}
        >
          {value === null ? <LibraryName /> : <ShareTargetName option={value} />}
        </InputBase>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          aria-label="Search channels and people"
          placeholder="Search channels and people"
          value={search}
          onChange={(event) => {
            changeSearch(event.currentTarget.value);
            combobox.selectFirstOption();
          }}
        />
        <Combobox.Options mah={260} className={classes.scrolling}>
          {search.trim() === '' && (
            <Combobox.Option value={LIBRARY} active={value === null} className={classes.option}>
              <LibraryName />
            </Combobox.Option>
          )}
          <ShareTargetOptions
            options={options}
            search={search}
            selectedKey={value?.key ?? null}
            isLoading={isLoading}
          />
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function LibraryName() {
  return (
    <span className={classes.name}>
      <span className={classes.icon} aria-hidden>
        <IconMovie size={18} />
      </span>
      <Text span>My clips only</Text>
    </span>
  );
}
